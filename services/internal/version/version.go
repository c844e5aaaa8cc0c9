// Package version says which build of the programs this is.
package version

import "runtime/debug"

// version is set by the linker: -ldflags "-X github.com/devrev/scim/services/internal/version.version=v1.2.3".
var version = "development"

// Version is the tag that the programs were built of, or "development".
func Version() string { return version }

// Revision is the commit that the programs were built of, "" if the build did not record it.
func Revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value
		}
	}
	return ""
}
