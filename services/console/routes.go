package console

import (
	"github.com/gin-gonic/gin"

	"github.com/devrev/scim/services/internal/web"
)

// routes is all that the console answers.
func (s *Console) routes(engine *gin.Engine) {
	engine.Use(web.Handle(s.headers), web.Handle(s.sameOrigin), limitForm)
	engine.GET(Path, web.Handle(s.home))
	all := engine.Group(Path)
	all.GET("/", web.Handle(s.home))
	all.GET("/assets/:file", web.Handle(s.asset))
	all.GET("/login", web.Handle(s.login))
	all.GET("/callback", web.Handle(s.callback))
	all.GET("/signed-out", web.Handle(s.signedOut))
	all.POST("/logout", web.Handle(s.signedIn(s.logout)))
	all.GET("/resume", web.Handle(s.signedIn(s.resume)))
	all.GET("/staff", web.Handle(s.signedIn(s.staff)))

	org := all.Group("/o/:org")
	get := func(path string, h page) { org.GET(path, web.Handle(s.inOrganisation(h))) }
	post := func(path string, h page) { org.POST(path, web.Handle(s.inOrganisation(change(h)))) }
	get("/", s.overview)
	look := func(path string, h page) { org.POST(path, web.Handle(s.inOrganisation(h))) } // changes nothing
	look("/doctor/rehearse", s.rehearse)
	look("/doctor/reach", s.reach)
	get("/try", s.askTry)
	look("/try", s.try)
	get("/security", s.security)
	post("/security/enable", s.enable)
	get("/security/disable", s.askDisable)
	post("/security/disable", s.disable)
	get("/security/issue", s.askIssue)
	post("/security/issue", s.issue)
	get("/security/tokens/:id", s.token)
	get("/security/tokens/:id/use", s.tokenUse)
	for _, a := range tokenActs {
		get("/security/tokens/:id/"+a.name, s.askTokenAct(a))
		post("/security/tokens/:id/"+a.name, s.tokenAct(a))
	}
	get("/security/tokens/:id/rename", s.askRename)
	post("/security/tokens/:id/rename", s.rename)
	get("/security/tokens/:id/rotate", s.askRotate)
	post("/security/tokens/:id/rotate", s.rotate)
	get("/security/guard", s.guard)
	post("/security/guard", s.setGuard)
	post("/security/guard/decide", s.decideHold)
	get("/users", s.users)
	get("/users/:id", s.user)
	for _, e := range edits {
		get("/users/:id/"+e.name, s.askEdit(e))
		post("/users/:id/"+e.name, s.edit(e))
	}
	get("/users/:id/export", s.exportUser)
	get("/users/:id/erase", s.askErase)
	post("/users/:id/erase", s.erase)
	get("/groups", s.groups)
	get("/groups/:id", s.group)
	post("/groups/:id/privileged", s.privilege)
	post("/groups/:id/let-in", s.letIn)
	post("/groups/:id/end-waiting", s.endWaiting)
	get("/drift", s.drift)
	get("/drift/compare", s.askCompare)
	look("/drift/compare", s.compare)
	get("/activity", s.activity)
	get("/activity/:id", s.entry)
	post("/undo", s.tryUndo)
	get("/undo/:id", s.undo)
	post("/undo/:id", s.confirmUndo)
	get("/settings", s.settings)
	post("/settings", s.changeSettings)
	get("/settings/audit", s.audit)
	get("/settings/verify", s.verify)
}
