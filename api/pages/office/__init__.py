"""Who is here, with which key, what there is and where, by which rules; and the way there from the paper journal."""
