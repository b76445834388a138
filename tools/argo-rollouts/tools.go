//go:build tools

// Package tools pins the controller that rolls models out step by step.
package tools

import _ "github.com/argoproj/argo-rollouts/cmd/rollouts-controller"
