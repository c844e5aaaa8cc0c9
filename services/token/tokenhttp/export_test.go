package tokenhttp

// Parameters are the query parameters of each route, for the comparison with the document.
var Parameters = parameters
