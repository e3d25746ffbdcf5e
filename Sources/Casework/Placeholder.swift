enum PlaceholderCasework {}
