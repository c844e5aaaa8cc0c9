package deployfiles

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"debug/elf"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gotest.tools/v3/assert"
)

const (
	imageUser = 65532    // of the programs in the images, as in distroless images
	imageMost = 30 << 20 // bytes of all layers of an image, compressed as a registry keeps them
)

// image is what an OCI archive holds (github.com/opencontainers/image-spec).
type image struct {
	config struct {
		User       string
		Entrypoint []string
		Cmd        []string
		Labels     map[string]string
	}
	layers int64             // bytes of all layers, compressed
	root   string            // folder with its files
	modes  map[string]string // of its files, by path
}

// TestImages reads what `make image` has built in the folder IMAGES; `make test-image` runs it.
func TestImages(t *testing.T) {
	folder := os.Getenv("IMAGES")
	if folder == "" {
		t.Skip("no IMAGES; `make test-image` builds them")
	}
	if os.Getuid() != 0 {
		t.Fatal("only root can start a program in the root directory of an image, as its user")
	}
	for program, without := range map[string]struct{ arguments, variables []string }{
		"scimd":    {nil, []string{"SCIM_BASE_URL", "REDIS_URL", "MONGODB_URI", "TOKEN_PEPPERS"}},
		"tokend":   {nil, []string{"SCIM_BASE_URL", "REDIS_URL", "MONGODB_URI", "TOKEN_PEPPERS"}},
		"consoled": {nil, []string{"CONSOLE_URL", "CONSOLE_CLIENT_ID", "CONSOLE_SESSION_KEYS", "CONSOLE_TOKEND_URL", "OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_JWKS_URL"}},
		"scimctl":  {[]string{"status"}, []string{"SCIMCTL_URL"}},
	} {
		t.Run(program, func(t *testing.T) {
			i := readImage(t, filepath.Join(folder, program+".tar"))
			if i.config.User != "65532:65532" || !slices.Equal(i.config.Entrypoint, []string{"/" + program}) || len(i.config.Cmd) != 0 {
				t.Errorf("user %q, entrypoint %q and command %q", i.config.User, i.config.Entrypoint, i.config.Cmd)
			}
			revision := i.config.Labels["org.opencontainers.image.revision"]
			for label, want := range map[string]string{
				"title": program, "licenses": "Apache-2.0", "source": "https://github.com/devrev/scim", "revision": head(t),
			} {
				if got := i.config.Labels["org.opencontainers.image."+label]; got != want {
					t.Errorf("the label %s is %q, want %q", label, got, want)
				}
			}
			if i.layers > imageMost {
				t.Errorf("its layers have %d bytes, compressed; want %d at most", i.layers, imageMost)
			}
			t.Logf("%s: layers of %.1f MB, compressed", program, float64(i.layers)/1e6)
			i.holdsOnly(t, map[string]string{
				program: "-rwxr-xr-x", "sbom.cdx.json": "-rw-r--r--", "etc/ssl/certs/ca-certificates.crt": "-rw-r--r--",
			})
			static(t, filepath.Join(i.root, program))
			listed(t, filepath.Join(i.root, "sbom.cdx.json"))

			version, err := i.run(t, program, "-version")
			if label := i.config.Labels["org.opencontainers.image.version"]; err != nil || !strings.Contains(version, label) || !strings.Contains(version, revision) {
				t.Errorf("-version says %q (%v), want %s and %s, as the labels do", version, err, label, revision)
			}
			said, err := i.run(t, program, without.arguments...)
			if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() < 1 {
				t.Errorf("without variables it ends with %v", err)
			}
			for _, v := range without.variables {
				if !strings.Contains(said, v) {
					t.Errorf("without variables it does not say that %s is missing:\n%s", v, said)
				}
			}
		})
	}
}

// run runs the program as a container of the image would: with its files only, as its user and
// without variables. It returns what it wrote.
func (i image) run(t *testing.T, program string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cmd := exec.CommandContext(ctx, "/"+program, args...)
	cmd.Dir, cmd.Env = "/", []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: i.root, Credential: &syscall.Credential{Uid: imageUser, Gid: imageUser}}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (i image) holdsOnly(t *testing.T, want map[string]string) {
	t.Helper()
	for path, mode := range i.modes {
		if want[path] != mode {
			t.Errorf("the image holds %s with mode %s, want %q", path, mode, want[path])
		}
	}
	for path := range want {
		if i.modes[path] == "" {
			t.Errorf("the image has no %s", path)
		}
	}
}

// static wants a program that needs no loader and no library.
func static(t *testing.T, path string) {
	t.Helper()
	program, err := elf.Open(path)
	assert.NilError(t, err)
	defer func() { _ = program.Close() }()
	libraries, err := program.ImportedLibraries()
	if err != nil || len(libraries) > 0 {
		t.Errorf("it needs the libraries %q (%v)", libraries, err)
	}
	for _, part := range program.Progs {
		if part.Type == elf.PT_INTERP {
			t.Error("it needs a loader")
		}
	}
}

// listed wants a bill of materials that names the modules of the program.
func listed(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	assert.NilError(t, err)
	type component struct {
		PURL string `json:"purl"`
	}
	var bill struct {
		Format     string      `json:"bomFormat"`
		Serial     string      `json:"serialNumber"`
		Components []component `json:"components"`
		Metadata   struct {
			Timestamp string    `json:"timestamp"`
			Component component `json:"component"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(content, &bill); err != nil || bill.Format != "CycloneDX" || bill.Serial != "" || bill.Metadata.Timestamp != "" {
		t.Fatalf("format %q, serial number %q, time %q (%v)", bill.Format, bill.Serial, bill.Metadata.Timestamp, err)
	}
	if main := bill.Metadata.Component.PURL; !strings.HasPrefix(main, "pkg:golang/github.com/devrev/scim/services@") {
		t.Errorf("it is of %s", main)
	}
	if standard := "pkg:golang/std@" + runtime.Version(); !slices.ContainsFunc(bill.Components, func(c component) bool {
		return strings.HasPrefix(c.PURL, standard)
	}) {
		t.Errorf("none of its %d components is %s", len(bill.Components), standard)
	}
}

// head returns the commit of this checkout.
func head(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", "rev-parse", "HEAD").Output()
	assert.NilError(t, err)
	return strings.TrimSpace(string(out))
}

func readImage(t *testing.T, archive string) (i image) {
	t.Helper()
	blobs := map[string][]byte{}
	file, err := os.Open(archive)
	assert.NilError(t, err)
	defer func() { _ = file.Close() }()
	eachFile(t, file, func(h *tar.Header, content []byte) { blobs[h.Name] = content })
	blob := func(digest string, out any) []byte {
		content := blobs["blobs/"+strings.Replace(digest, ":", "/", 1)]
		if out != nil {
			if err := json.Unmarshal(content, out); err != nil {
				t.Fatalf("%s: %v", digest, err)
			}
		}
		return content
	}
	type descriptor struct{ Digest string }
	var index struct{ Manifests []descriptor }
	if err := json.Unmarshal(blobs["index.json"], &index); err != nil || len(index.Manifests) != 1 {
		t.Fatalf("%d manifests (%v)", len(index.Manifests), err)
	}
	var manifest struct {
		Config descriptor
		Layers []descriptor
	}
	blob(index.Manifests[0].Digest, &manifest)
	config := struct{ Config any }{&i.config}
	blob(manifest.Config.Digest, &config)

	i.root, i.modes = t.TempDir(), map[string]string{}
	for _, layer := range manifest.Layers {
		compressed := blob(layer.Digest, nil)
		i.layers += int64(len(compressed))
		content, err := gzip.NewReader(bytes.NewReader(compressed))
		assert.NilError(t, err)
		eachFile(t, content, func(h *tar.Header, content []byte) { i.add(t, h, content) })
	}
	assert.NilError(t, os.Chmod(i.root, 0o755))
	return i
}

// add writes a file of a layer below the root.
func (i image) add(t *testing.T, h *tar.Header, content []byte) {
	t.Helper()
	i.modes[h.Name] = h.FileInfo().Mode().String()
	path := filepath.Join(i.root, filepath.Clean("/"+h.Name))
	assert.NilError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	assert.NilError(t, os.WriteFile(path, content, h.FileInfo().Mode().Perm()))
}

// eachFile calls do for each file of a tar archive. Folders are left out.
func eachFile(t *testing.T, archive io.Reader, do func(*tar.Header, []byte)) {
	t.Helper()
	for files := tar.NewReader(archive); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		assert.NilError(t, err)
		if h.Typeflag == tar.TypeDir {
			continue
		}
		content, err := io.ReadAll(files)
		assert.NilError(t, err)
		do(h, content)
	}
}
