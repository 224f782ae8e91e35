"""The data set: features, folder, builder, mixture and statistics."""
