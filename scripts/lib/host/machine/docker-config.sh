# Docker config: the folder of the Docker client's configuration: logins, plugins, buildx's records.
# shellcheck shell=sh

# docker_config_folder: prints its path; it may not exist.
docker_config_folder() { printf '%s\n' "${DOCKER_CONFIG:-${HOME:-/root}/.docker}"; }
