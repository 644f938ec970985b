"""What the paper claims, and where."""

from types import MappingProxyType

# The section and the statement of each claim, by its number.
CLAIMS = MappingProxyType(
    {
        1: (
            "3.1",
            "The image-scene constraint alone is right where confidence is high, noisy where it is low",
        ),
        2: ("2.3", "Confidence is highest where the misfocused photo has most contrast"),
        3: ("3.2", "Scanline order smooths, bleeds in the direction of the scan, loses small features"),
        4: ("3.3", "Confidence order largely removes the bleeding and is closer to the truth"),
        5: ("2.2", "Causal neighborhoods give poor results, under confidence order too"),
        6: ("4", "A focused photo from a perturbed view gives clearly worse results"),
        7: ("5", "A picture takes 5 to 10 hours by linear search"),
        8: ("5.1", "Near-equal colors split their probability; k-means weighted by probability mends that"),
        9: ("5.2", "The search can be made sublinear in the size of the library"),
        10: (
            "1, 5",
            "The method uses focused photos; deconvolution uses none, and needs none from the same view",
        ),
    }
)
# Why a claim fails where it does, as its controls show; each sentence rests on a part in parts.py.
WHY = MappingProxyType(
    {
        1: (
            "The flat regions are noisy, as the paper says, but the error is not larger there. On most "
            "scenes it is larger where the photo has contrast, and there confidence is high, too (claim 2): "
            "an edge that is wrong by one pixel costs more than a flat region with any of its candidates."
        ),
        3: (
            "Small features are lost, and there is less grain, on every scene. The bleeding has the "
            "direction of the scan more than chance gives it, but on most scenes by less than a fifth."
        ),
        4: (
            "It is the neighborhood, not the order. The paper changes both at once. With the symmetric one "
            "in each, confidence order bleeds as much as scanline and random order do, and is no closer to "
            "the truth; with the causal one it bleeds little less."
        ),
        5: (
            "On half of the scenes the two neighborhoods differ by less than half a decibel; where they do "
            "differ, the symmetric one is better."
        ),
        6: (
            "The pictures get worse as the paper says. But from another view the true color is still among "
            "the candidates of most pixels: the choice among them fails more than the search does."
        ),
        8: (
            "The probability is split on every scene. The k-means that we read out of the paper leaves as "
            "much of it split as the nearest patches do."
        ),
        10: (
            "On bench-perturbed most of the object is still found in place, and the method is as good as "
            "deconvolution."
        ),
    }
)
