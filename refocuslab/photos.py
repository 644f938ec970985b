"""Photos and masks in files: read as the camera meant them, written whole or not at all."""

from refocuslab.files import ENDINGS, check_output, check_plain_file, write_whole
from refocuslab.masks import read_mask, write_mask
from refocuslab.picture import Picture
from refocuslab.picture_reading import read_photo, read_picture
from refocuslab.picture_writing import encoded_photo, write_photo
from refocuslab.polygons import polygon_mask

__all__ = [
    "ENDINGS",
    "Picture",
    "check_output",
    "check_plain_file",
    "encoded_photo",
    "polygon_mask",
    "read_mask",
    "read_photo",
    "read_picture",
    "write_mask",
    "write_photo",
    "write_whole",
]
