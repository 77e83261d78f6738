"""What a patient was prescribed, supplied and given, by days, and what is still owed."""
