//go:build tools

// Package tools pins the controller that stands for nodes and containers.
package tools

import _ "sigs.k8s.io/kwok/cmd/kwok"
