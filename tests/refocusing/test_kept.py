"""What stages made is kept for the last three keys."""

from refocuslab.refocusing.kept import Kept


def test_each_stage_keeps_what_was_asked_for_last():
    kept, made = Kept(), []

    def get(stage, key):
        return kept.get(stage, key, lambda: made.append((stage, key)) or len(made))

    assert [get("library", key) for key in "pqrpq"] == [1, 2, 3, 1, 2]
    assert get("texture", "p") == 4  # a stage of its own
    assert get("library", "s") == 5  # r was asked for longest ago
    assert [get("library", key) for key in "pqs"] == [1, 2, 5]
    assert get("library", "r") == 6
