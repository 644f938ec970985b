"""Gates iv to vi of the lessons themselves: no leak, the same bytes, to the end solved and unsolved."""

import re
import zipfile
from pathlib import Path

import nbformat
import pytest

from refocuslab.course.exercises import exercises
from refocuslab.lab.course.assigning import assigned
from refocuslab.lab.course.copies import exercises_of, instructor_copy, student_copy
from refocuslab.lab.course.handing_out import Student, hand_out
from refocuslab.lab.course.leaks import leaks
from refocuslab.lab.course.making import Course, executed, make_lesson
from refocuslab.lab.notebooks.committed import text_of
from refocuslab.lab.notebooks.offline_page import offline_page

FOLDER = Path(__file__).parents[2] / "course"
COURSE = Course(FOLDER)
LESSONS = list(COURSE.lessons)


def outputs_of(notebook):
    return [str(output) for cell in notebook.cells for output in cell.get("outputs", ())]


def test_the_path_names_what_is_there():
    units = COURSE.path["units"]
    assert [unit["unit"] for unit in units] == list(range(6))
    named = {name: unit["unit"] for unit in units for name in unit["exercises"]}
    assert {name: one.unit for name, one in exercises().items()}.items() <= named.items()
    assert set(COURSE.path["session"]["exercises"]) <= named.keys()
    assert {name.partition("_")[0] for name in LESSONS} <= {unit["lesson"] for unit in units}


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_its_units_exercises_and_a_students_cell(name):
    (unit,) = (one for one in COURSE.path["units"] if one["lesson"] == name.partition("_")[0])
    lesson = COURSE.lessons[name]
    assert set(exercises_of(lesson)) == set(unit["exercises"])
    assert [cell.source.strip() for cell in lesson.cells].count("# parameters") == 1
    assert not any(cell.get("outputs") for cell in lesson.cells)


@pytest.mark.seconds
@pytest.mark.parametrize("name", LESSONS)
def test_two_builds_give_the_same_bytes(name):
    again = Course(FOLDER)
    for build in (student_copy, instructor_copy):
        assert text_of(build(COURSE.lessons[name], COURSE.exercises)) == text_of(
            build(again.lessons[name], again.exercises)
        )


@pytest.mark.seconds
@pytest.mark.skipif(not LESSONS, reason="there are no lessons yet")
def test_nothing_that_is_handed_out_holds_a_line_of_a_solution(tmp_path):
    hand_out(COURSE, [Student("ada", "ada", 0)], tmp_path / "out", assigned(COURSE))
    assert leaks(tmp_path / "out", COURSE.exercises.values()) == []
    with zipfile.ZipFile(tmp_path / "out" / "students" / "ada.zip") as folder:
        assert not [name for name in folder.namelist() if "key" in name]
        names = [name for name in folder.namelist() if name.endswith(".ipynb")]
        copies = [nbformat.reads(folder.read(name).decode(), as_version=4) for name in names]
    assert len(copies) == len(LESSONS)
    assert not any(map(outputs_of, copies))


@pytest.mark.seconds
def test_the_packages_part_of_the_course_holds_no_line_of_a_solution():
    from refocuslab.files.installed import PACKAGE

    assert leaks(PACKAGE / "course", COURSE.exercises.values()) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_to_its_end_unsolved_and_solved(name, tmp_path):
    made = make_lesson(COURSE, name)  # which also looks for leaks in the copy and on the page
    instructor = nbformat.reads(made.files[f"instructor/{name}.ipynb"].decode(), as_version=4)
    count = len(exercises_of(COURSE.lessons[name]))
    solved = "".join(outputs_of(instructor))
    assert solved.count("From here on ") == solved.count(": your own.") == count
    assert solved.count(": right.") == count
    unsolved = made.files[f"html/{name}.html"].decode()
    assert unsolved.count("for yours is not written yet.") == count


@pytest.mark.slow
@pytest.mark.parametrize("name", LESSONS[:1])
def test_outputs_are_the_same_each_time(name):
    copy = student_copy(COURSE.lessons[name], COURSE.exercises)
    first, second = (offline_page(name, executed(name, copy)) for _ in range(2))
    assert first == second


def test_no_link_leads_out_of_a_copy():
    """A student has the copy alone: what lies beside it here is not there."""
    for name, lesson in COURSE.lessons.items():
        for cell in lesson.cells:
            beside = (
                re.findall(r"\]\((?!https?:|#)[^)]*\)", cell.source) if cell.cell_type == "markdown" else []
            )
            assert not beside, name


@pytest.mark.parametrize("name", [one for one in LESSONS if not one.startswith(("L0", "L4"))])
def test_the_minutes_of_a_lesson_add_up(name):
    """Unit 0 has no exercises, and unit 4 is a project of hours."""
    (unit,) = (one for one in COURSE.path["units"] if one["lesson"] == name.partition("_")[0])
    cells = student_copy(COURSE.lessons[name], COURSE.exercises).cells
    tasks = [re.match(r"### .*\((\d+) min\)", cell.source) for cell in cells if cell.cell_type == "markdown"]
    assert sum(int(one[1]) for one in tasks if one) == unit["work"] + unit.get("home", 0)
    talk, work, home = unit["talk"], unit["work"], unit.get("home", 0)
    opening = cells[0].source
    assert f"*{talk + work} minutes: {talk} of talk, {work} of work" in opening
    assert (f"{home} minutes, " in opening and "homework" in opening) == bool(home)


def test_the_session_stops_at_headings_that_its_lessons_have():
    """Each lesson's first cell says what is set, and no longer how long all of it takes."""
    given = assigned(COURSE, session=True)
    assert given.exercises == tuple(COURSE.path["session"]["exercises"])
    for row in COURSE.path["session"]["plan"]:
        (name,) = (one for one in given.lessons if one.startswith(row["lesson"]))
        assert "to" not in row or f"## {row['to']}" in "\n".join(c.source for c in given.lessons[name].cells)
    for name, said in given.said.items():
        copy = student_copy(
            given.lessons[name], COURSE.exercises, left_out=given.left_out(name), said=said
        ).cells
        assert said in copy[0].source and "90 minutes" not in copy[0].source
        stubs = [cell for cell in copy if "NotImplementedError" in cell.source]
        assert len(stubs) == sum(one in given.exercises for one in exercises_of(given.lessons[name]))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["L3_texture_and_order"])
def test_a_lesson_runs_where_little_of_it_is_set(name):
    """E9 and E10 alone are written; then neither: the written verdict goes with E10."""
    lesson = COURSE.lessons[name]
    copy = student_copy(lesson, COURSE.exercises, left_out=["e08", "e09", "e10", "e11"])
    assert "My verdict" not in "".join(cell.source for cell in copy.cells)
    said = "".join(outputs_of(executed(name, copy)))
    assert said.count("From here on ") == said.count(": the package's.") == 4
    copy = student_copy(lesson, COURSE.exercises, left_out=["e08", "e11"], solved=True)
    said = "".join(outputs_of(executed(name, copy)))
    assert said.count(": your own.") == said.count(": right.") == 2


@pytest.mark.parametrize("name", LESSONS)
def test_lines_of_code_fit_a_small_window(name):
    """JupyterLab shows 95 characters of them in a window of 1280 pixels."""
    cells = [cell.source for cell in COURSE.lessons[name].cells if cell.cell_type == "code"]
    assert [line for source in cells for line in source.split("\n") if len(line) > 95] == []


@pytest.mark.seconds
def test_long_cells_that_set_up_or_draw_are_folded_in_copy_and_page():
    name = next(one for one in LESSONS if one.startswith("L1"))
    copy = student_copy(COURSE.lessons[name], COURSE.exercises)
    folded = [cell for cell in copy.cells if cell.metadata.get("jupyter", {}).get("source_hidden")]
    assert folded and all("Lesson(" in one.source or "subplots(" in one.source for one in folded)
    assert offline_page(name, copy).count("<details><summary>Code</summary>") == len(folded)
