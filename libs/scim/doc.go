// Package scim is the core of the SCIM 2.0 protocol (RFC 7642, 7643, 7644) for a service provider.
// It contains neither transport nor storage: bytes become documents, requests change documents,
// documents become bytes.
//
// # The model
//
// A resource is a Document, a JSON object with case-insensitive member names; there is no struct
// for a user. What a document may hold is data too: package schema has the schemas, and converts
// what a client sent into the one stored form. Package filter evaluates filters on documents;
// package patch applies a PATCH to a document. All of them name attributes by the same schema.Path.
//
//	          Decode            Validate                     Apply (patch)
//	bytes ------------> Document --------> Document, stored form <------+
//	                                          |        |       |        |
//	bytes <------------ Document <------------+        |       +--------+
//	        MarshalJSON         Apply (Projection)     +--> Match (filter)
//
// Every refusal is an *Error, which is the response's body. Every accepted departure from the RFCs
// is a Coercion and passes Tolerance.Accept, so that an organisation can be strict and no leniency
// goes unrecorded.
//
// # Where the RFCs are
//
//	RFC 7643
//	2.1  attribute names, any case       Document, FoldCase
//	2.2  characteristics' defaults       schema.Load
//	2.3  data types                      schema.Type, schema.Attribute.Coerce, schema.Attribute.Comparable
//	2.4  multi-valued attributes         schema.Attribute.Coerce
//	2.5  null and unassigned             schema.Attribute.Coerce
//	3    schemas, extensions             schema.ResourceType, schema.SchemasOf
//	3.1  common attributes               schema.ResourceType.Common, schema/core/common.json
//	4    User, Group, enterprise User    schema/core/*.json
//	6, 7 ResourceType, Schema            schema.ResourceType.Document, schema.Schema.Document
//	7    mutability, returned            schema.ResourceType.Validate, schema.Projection
//
//	RFC 7644
//	3.3, 3.5.1  create, replace          schema.ResourceType.Validate
//	3.4.2       list response            ListResponse
//	3.4.2.2     filter                   filter.Parse, filter.Match
//	3.4.2.4     paging                   ParsePage
//	3.5.2       PATCH                    patch.Decode, patch.Apply
//	3.9         attributes               schema.ParseProjection
//	3.10        attribute notation       schema.Scope, schema.Path
//	3.12        errors                   Error, ErrorType
//	3.14        versions                 ETag, ParsePrecondition
//	8.1         media type               MediaType
package scim
