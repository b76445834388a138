//go:build tools

// Package tools pins Karpenter with the cloud provider whose nodes kwok plays.
package tools

import _ "sigs.k8s.io/karpenter/kwok"
