//go:build tools

// Package tools pins the tool that checks and walks the routes of alerts, and what sends alerts along them.
package tools

import (
	_ "github.com/prometheus/alertmanager/cmd/alertmanager"
	_ "github.com/prometheus/alertmanager/cmd/amtool"
)
