# An image for JupyterHub or one's own machine:
#   docker build -t refocuslab .
#   docker run -p 127.0.0.1:8888:8888 refocuslab
FROM python:3.13-slim

RUN useradd --create-home --uid 1000 jovyan && mkdir /srv/refocuslab && chown jovyan /srv/refocuslab
WORKDIR /srv/refocuslab
COPY --chown=jovyan . .
USER jovyan
ENV PATH=/srv/refocuslab/.venv/bin:$PATH
# By the user who will run it: compiled kernels are kept beside the package.
RUN python -m venv .venv && .binder/postBuild

EXPOSE 8888
CMD ["jupyter", "lab", "--ip=0.0.0.0", "--no-browser", "--LabApp.default_url=/lab/tree/notebooks"]
