"""The page of the Space: RPCS of pasted answers. `evaluate.load` takes the script beside it, not this file."""

from functools import partial

from roleinstruct.encoders.load import load_encoder
from roleinstruct.metrics.rpcs import rpcs
from roleinstruct.metrics.scoring_page import page

if __name__ == "__main__":
    measure = partial(rpcs, encoder=load_encoder("ngrams"))
    page(measure, "RPCS for role-play", "With the encoder ngrams, which is no model and blind to meaning.").launch()
