//go:build tools

// Package tools pins the Pulumi engine and command line.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
