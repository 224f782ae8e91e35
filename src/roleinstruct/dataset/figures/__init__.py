"""The figures of a data set: the paper's Figures 3, 4 and 5, three more, and a page that shows them all."""
