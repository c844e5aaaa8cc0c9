// Package directory is what DevRev holds of the people and groups that identity providers push: the
// rules, and the Store they rest on.
//
// An organisation of DevRev is a Tenant here. Its users are in one of three states: shadow from
// their provisioning until their first sign-in, then active; deactivated when the identity provider
// says so. Four rules are not part of SCIM itself:
//
//   - userName is the e-mail address and the source of truth. It is unique in the organisation
//     under Fold.
//   - displayName is the person's own once there is one.
//   - No one is forgotten: a deleted user is a hidden record, and comes back as the same one.
//   - An unknown member does not fail a push.
//
// Users and Groups are the use cases, in the terms of SCIM documents and changes. They return
// *scim.Error for what a client did wrong or has to wait for. Change carries the terms of one
// request in, and what it did out.
package directory
