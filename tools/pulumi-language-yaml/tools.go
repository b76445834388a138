//go:build tools

// Package tools pins the host of Pulumi programs in YAML.
package tools

import _ "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml"
