"""The README's table of notebook 8 holds what was recorded, the best in bold."""

from refocuslab.lab.measures.all_methods import METHODS
from refocuslab.lab.pages import readme_table, verdict


def report(**psnrs):
    rows = [{"figure": "4", "variant": "misfocused", "scene": "other", "psnr": 1.0, "ssim": 0.1}]
    for scene, values in psnrs.items():
        rows += [
            {"figure": "Beyond", "variant": name, "scene": scene, "psnr": psnr, "ssim": psnr / 100}
            for name, psnr in zip(METHODS, values, strict=True)
        ]
    return {"rows": rows, "verdict": []}


def test_the_best_deconvolution_is_found_for_each_scene_and_the_best_of_all_is_bold():
    whole = report(one=[10, 20, 30, 25, 40, 41, 42, 43, 44], two=[10, 20, 22, 25, 40, 41, 12, 43.5, 43])
    lines = readme_table.markdown(whole).splitlines()
    assert lines[2] == "| one | 10.0, 0.100 | 30.0, 0.300 | 42.0, 0.420 | 43.0, 0.430 | **44.0, 0.440** |"
    assert lines[3] == "| two | 10.0, 0.100 | 25.0, 0.250 | 12.0, 0.120 | **43.5, 0.435** | 43.0, 0.430 |"
    assert len(lines) == 4 and all(line.count("|") == lines[0].count("|") for line in lines)


def test_a_readme_gets_it_between_its_marks_and_keeps_the_old_one_if_none_was_recorded(tmp_path, evidence):
    readme = tmp_path / "README.md"
    text = "<!-- verdict -->\n<!-- /verdict -->\nthen\n<!-- beyond -->\nold\n<!-- /beyond -->\nend\n"
    readme.write_text(text)
    verdict.into_readme(report(), evidence, readme)
    assert "\nold\n" in readme.read_text()
    verdict.into_readme(report(one=[float("inf"), 2, 3, 4, 5, 6, 7, 8, 9]), evidence, readme)
    after = readme.read_text()
    assert "\nold\n" not in after and "| one | **inf" in after and after.endswith("<!-- /beyond -->\nend\n")
