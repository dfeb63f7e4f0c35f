"""Pure steps from exports to comparisons: frames in, frames out. Imports schemas only."""
