# Owned: removes the objects of a run from the engine. Each object carries the run's id, SEAWALL_RUN; others are not
# touched.
# shellcheck shell=sh

# owned_remove: removes containers, networks, volumes and loaded base images of this run.
owned_remove() {
	local filter
	filter=label=seawall.run=$SEAWALL_RUN
	docker ps --all --quiet --filter "$filter" | xargs -r docker rm --force --volumes >/dev/null
	docker network ls --quiet --filter "$filter" | xargs -r docker network rm >/dev/null
	docker volume ls --quiet --filter "$filter" | xargs -r docker volume rm >/dev/null
	owned__remove_images "seawall-base-$SEAWALL_RUN/*"
}

# owned_remove_images: removes the images that this run built; their layers in the build cache are kept.
owned_remove_images() { owned__remove_images "seawall-$SEAWALL_RUN/*"; }

# owned__remove_images PATTERN
owned__remove_images() {
	docker image ls --format '{{.Repository}}:{{.Tag}}' --filter "reference=$1" | xargs -r docker image rm >/dev/null
}
