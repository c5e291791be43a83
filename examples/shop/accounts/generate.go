package accounts

//go:generate go tool gqlgen --config gqlgen.yml
