//go:build tools

// Package tools pins the server that keeps and judges metrics, and the tool that tests its rules.
package tools

import (
	_ "github.com/prometheus/prometheus/cmd/prometheus"
	_ "github.com/prometheus/prometheus/cmd/promtool"
)
