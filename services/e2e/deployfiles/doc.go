// Package deployfiles holds what an operator sees against the code: the rules of deploy/prometheus
// and their tests, the runbooks, the dashboards of deploy/grafana and the collector of
// deploy/otel-collector. It is tests only.
package deployfiles
