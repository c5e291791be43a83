package reviews

//go:generate go tool gqlgen --config gqlgen.yml
