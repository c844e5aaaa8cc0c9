module github.com/devrev/scim/libs/scim

go 1.26.0
