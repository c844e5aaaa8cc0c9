// Package version says which build of the programs this is.
package version

import (
	"runtime"
	"runtime/debug"
)

// version is set by the linker: -ldflags "-X
// github.com/devrev/scim/services/internal/version.version=v1.2.3".
var version = "development"

// Build is what a program knows of its own making.
type Build struct {
	Version  string `json:"version"`            // the tag that it was built of, or "development"
	Revision string `json:"revision,omitempty"` // the commit, "" if the build did not record it
	Modified bool   `json:"modified,omitempty"` // there were changes beside the commit
	Go       string `json:"go"`
}

// Get returns the build of this program.
func Get() Build {
	b := Build{Version: version, Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Revision = setting.Value
		case "vcs.modified":
			b.Modified = setting.Value == "true"
		}
	}
	return b
}

// String returns the build as a line: "v1.2.3, revision 5f0c, go1.26".
func (b Build) String() string {
	line := b.Version
	if b.Revision != "" {
		line += ", revision " + b.Revision
	}
	if b.Modified {
		line += " with changes"
	}
	return line + ", " + b.Go
}
