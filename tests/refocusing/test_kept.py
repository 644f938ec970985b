"""What stages made is kept for the last three keys."""

from refocuslab.refocusing.kept import Kept


def test_each_stage_keeps_what_was_asked_for_last():
    kept, made = Kept(), []

    def get(stage, key):
        return kept.get(stage, key, lambda: made.append((stage, key)) or len(made))

    assert [get("library", key) for key in "abcab"] == [1, 2, 3, 1, 2]
    assert get("texture", "a") == 4  # a stage of its own
    assert get("library", "d") == 5  # c was asked for longest ago
    assert [get("library", key) for key in "abd"] == [1, 2, 5]
    assert get("library", "c") == 6
