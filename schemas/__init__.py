"""What every table promises, and the words used: tables, vocabulary, contracts. Imports nothing else of ours."""
