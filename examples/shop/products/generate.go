package products

//go:generate go tool gqlgen --config gqlgen.yml
