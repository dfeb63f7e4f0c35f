"""Records of trial registries, turned into drafts of study files for a person to check. Pure; files are elsewhere."""
