"""The population is measured once, kept whole, and read back as it was."""

import json
from dataclasses import replace

import pytest

from refocuslab.errors import RefocusError
from refocuslab.lab.evidence import population
from refocuslab.lab.evidence.cases import Case

CASES = [Case("coins-other", "corner", draw) for draw in (0, 1)]


@pytest.fixture
def measured_by(monkeypatch):
    """Counts what is measured, in place of measuring."""
    asked = []

    def measure(case, *, threads=None):
        asked.append(case)
        return {"scene": {"psnr": 20.123456789 + case.draw, "ssim": None, "split": float("nan")}}

    monkeypatch.setattr(population, "measure", measure)
    return asked


def test_what_is_there_is_not_measured_again(measured_by, tmp_path):
    first = population.make(CASES[:1], tmp_path)
    assert first == {CASES[0]: {"scene": {"psnr": 20.1235, "ssim": None, "split": None}}}
    assert population.make(CASES, tmp_path)[CASES[0]] == first[CASES[0]]
    assert measured_by == CASES


def test_a_damaged_or_outdated_case_is_measured_again(measured_by, tmp_path, monkeypatch):
    population.make(CASES[:1], tmp_path)
    (file,) = tmp_path.glob("*.json")
    file.write_text("{")
    population.make(CASES[:1], tmp_path)
    assert json.loads(file.read_text())["case"]["scene"] == "coins-other"
    monkeypatch.setattr(population.identity, "method_program", lambda: {"source": "another"})
    population.make(CASES[:1], tmp_path)
    assert len(measured_by) == 3


def test_a_file_holds_all_of_it(evidence, tmp_path):
    path = tmp_path / "evidence.json"
    path.write_bytes(evidence.as_bytes())
    assert population.measured(path) == evidence
    assert len(path.read_text().splitlines()) == len(evidence.found) + 2


def test_a_measure_that_a_case_lacks_stays_away(evidence, tmp_path):
    found = dict(evidence.found)
    case = next(iter(found))
    found[case] = {"scene": {"psnr": 20.0}}
    path = tmp_path / "evidence.json"
    path.write_bytes(replace(evidence, found=found).as_bytes())
    assert population.measured(path).found[case] == {"scene": {"psnr": 20.0}}


@pytest.mark.parametrize("text", ["", "{}", '{"columns": [], "rows": [["coffee"]]}', "[1]"])
def test_another_file_is_refused(text, tmp_path):
    path = tmp_path / "evidence.json"
    path.write_text(text)
    with pytest.raises(RefocusError, match="evidence must be a file that `refocuslab evidence` wrote"):
        population.measured(path)


def test_a_scene_that_nobody_knows_is_refused(evidence, tmp_path):
    path = tmp_path / "evidence.json"
    path.write_bytes(evidence.as_bytes().replace(b'"coffee"', b'"tea"'))
    with pytest.raises(RefocusError, match="must be of scenes in the population; got tea"):
        population.measured(path)


def test_the_shipped_population_is_whole():
    cases = population.measured().found
    assert len(cases) == 12 * 3 * 5
    assert {case.draw for case in cases} == set(range(5))


@pytest.mark.slow
@pytest.mark.parametrize("case", [Case("gravel-other", "corner", 3), Case("motorcycle", "middle", 0)])
def test_the_shipped_numbers_are_what_this_program_measures(case):
    shipped = population.measured().found[case]
    measures = population.measure(case)
    for of, one in measures.items():
        for name, value in one.items():
            if value is not None and value == value:
                assert value == pytest.approx(shipped[of][name], rel=1e-4, abs=1e-6), (of, name)
