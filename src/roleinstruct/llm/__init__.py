"""The boundary to a paid language model: what is asked, what came back, and what it costs."""
