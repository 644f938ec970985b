"""A smaller scene from the middle of a larger one, for runs that take less time."""

from refocuslab.scene import FocusedPhoto, Scene


def cut(scene: Scene, side: int) -> Scene:
    """The square of `side` pixels in the middle of every photo of a scene; 0 leaves it whole."""
    if not side:
        return scene

    def middle(photo):
        if photo is None:
            return None
        top, left = (max(0, (length - side) // 2) for length in photo.shape[:2])
        return photo[top : top + side, left : left + side]

    focused = [FocusedPhoto(middle(photo.image), middle(photo.mask)) for photo in scene.focused]
    return scene.replace(
        misfocused=middle(scene.misfocused), mask=middle(scene.mask), truth=middle(scene.truth),
        focused=focused)  # fmt: skip
