package web

import "github.com/gin-gonic/gin"

// Authorization returns the value of the header Authorization; "" if there is none, or more than
// one, of which whoever stands between the client and us could have checked another than we (RFC
// 9110 section 5.3).
func Authorization(c *gin.Context) string {
	if values := c.Request.Header.Values("Authorization"); len(values) == 1 {
		return values[0]
	}
	return ""
}
