//go:build tools

// Package tools pins Pulumi's provider for Kubernetes, at the versions of the control plane of all that both use: what
// is compiled for one of them is not compiled for the other.
package tools

import _ "github.com/pulumi/pulumi-kubernetes/provider/v4/cmd/pulumi-resource-kubernetes"
