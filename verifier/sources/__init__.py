"""What people hand in: text, pictures, documents; each turned into something that the procedure takes."""
