//go:build tools

// Package tools pins what renders charts.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
