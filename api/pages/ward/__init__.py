"""The bedside and the ward's cupboard: doses, shift handover, empties, dose histories."""
