package scim

// The URNs of RFC 7643 section 8, of the messages of RFC 7644, and DevRev's own.
const (
	UserSchema           = "urn:ietf:params:scim:schemas:core:2.0:User"
	GroupSchema          = "urn:ietf:params:scim:schemas:core:2.0:Group"
	EnterpriseUserSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	// DevRevUserSchema carries what DevRev reports about a user: its readOnly state.
	DevRevUserSchema = "urn:devrev:params:scim:schemas:extension:1.0:User"

	ServiceProviderConfigSchema = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
	ResourceTypeSchema          = "urn:ietf:params:scim:schemas:core:2.0:ResourceType"
	SchemaSchema                = "urn:ietf:params:scim:schemas:core:2.0:Schema"

	ListResponseSchema  = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
	SearchRequestSchema = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
	PatchOpSchema       = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	BulkRequestSchema   = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
	BulkResponseSchema  = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
	ErrorSchema         = "urn:ietf:params:scim:api:messages:2.0:Error"
)

// MediaType is the content type of every SCIM body, RFC 7644 section 8.1.
const MediaType = "application/scim+json"
