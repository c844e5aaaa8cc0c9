package local_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/local"
	"github.com/devrev/scim/services/scim/orghttp"
	"github.com/devrev/scim/services/scim/scimhttp"
	"github.com/devrev/scim/services/token/tokenhttp"
)

// TestEachRouteReachesItsService: what parts requests by path knows every route that the services have.
func TestEachRouteReachesItsService(t *testing.T) {
	t.Parallel()
	reached := ""
	service := func(name string) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = name })
	}
	front := local.Front(service("tokens"), service("api"), service("protocol"))
	parameter := regexp.MustCompile(`:\w+`)
	for name, register := range map[string]func(gin.IRouter){
		"tokens":   func(r gin.IRouter) { tokenhttp.Register(r, tokenhttp.Deps{}) },
		"api":      func(r gin.IRouter) { orghttp.Register(r, orghttp.Deps{}) },
		"protocol": func(r gin.IRouter) { scimhttp.Register(r, scimhttp.Deps{}) },
	} {
		engine := gin.New()
		register(engine)
		for _, route := range engine.Routes() {
			path := parameter.ReplaceAllString(route.Path, "scim")
			front.ServeHTTP(nil, httptest.NewRequest(route.Method, path, nil))
			if reached != name {
				t.Errorf("%s %s reaches %s, want %s", route.Method, path, reached, name)
			}
		}
	}
}
