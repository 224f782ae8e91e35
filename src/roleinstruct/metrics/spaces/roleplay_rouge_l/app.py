"""The page of the Space: Rouge-L of pasted answers. `evaluate.load` takes the script beside it, not this file."""

from roleinstruct.metrics.rouge_l import rouge_l
from roleinstruct.metrics.scoring_page import page

if __name__ == "__main__":
    page(rouge_l, "Rouge-L for role-play", "By character for Chinese and by word for other scripts.").launch()
