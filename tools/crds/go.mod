// Modules that are read, never built: custom resource definitions, and the stages of kwok.
module tools/crds

go 1.25.0

require (
	github.com/argoproj/argo-rollouts v1.9.1
	github.com/aws/karpenter-provider-aws v1.14.1
	github.com/cert-manager/cert-manager v1.21.1
	github.com/kedacore/keda/v2 v2.20.2
	github.com/kubeflow/trainer/v2 v2.3.0
	github.com/prometheus-operator/prometheus-operator v0.93.1
	sigs.k8s.io/gateway-api v1.6.1
	sigs.k8s.io/jobset v0.12.0
	sigs.k8s.io/kueue v0.19.2
	sigs.k8s.io/kwok v0.8.0
)
