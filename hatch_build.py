"""The wheel's notebooks: cells without outputs, which would be four fifths of the wheel; a run makes them."""

import json
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WithoutOutputs(BuildHookInterface):
    """Puts the notebooks into the wheel; a checkout installed in place reads its own."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write each notebook without outputs to a folder that lasts as long as the build."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory()
        for path in sorted(Path(self.root, "notebooks").glob("*.ipynb")):
            notebook = json.loads(path.read_text(encoding="utf-8"))
            for cell in notebook["cells"]:
                if cell["cell_type"] == "code":
                    cell["outputs"], cell["execution_count"] = [], None
            bare = Path(self._folder.name, path.name)
            bare.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            build_data["force_include"][str(bare)] = f"refocuslab/_notebooks/{path.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the folder."""
        if version != "editable":
            self._folder.cleanup()
