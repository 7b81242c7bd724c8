// The API descriptions that tests check the chart against: `go mod download MODULE@VERSION` for each line of go.sum.
module ifcjob.io/tools/schemas

go 1.26.0
