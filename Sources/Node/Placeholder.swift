enum PlaceholderNode {}
