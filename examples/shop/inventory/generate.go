package inventory

//go:generate go tool gqlgen --config gqlgen.yml
