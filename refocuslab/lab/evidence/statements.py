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
