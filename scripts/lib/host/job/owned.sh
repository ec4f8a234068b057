# Owned: what a run made on the engine. Every object carries the run's id; nothing else is looked at.
# Needs nothing but the engine's client. SEAWALL_RUN: the run's id.
# shellcheck shell=sh

# owned_remove: containers, networks, volumes and loaded bases of this run.
owned_remove() {
	local filter
	filter=label=seawall.run=$SEAWALL_RUN
	docker ps --all --quiet --filter "$filter" | xargs -r docker rm --force --volumes >/dev/null
	docker network ls --quiet --filter "$filter" | xargs -r docker network rm >/dev/null
	docker volume ls --quiet --filter "$filter" | xargs -r docker volume rm >/dev/null
	owned__remove_named "seawall-base-$SEAWALL_RUN/*"
}

# owned_remove_images: its images; what the build cache holds of them stays.
owned_remove_images() {
	owned__remove_named "seawall-$SEAWALL_RUN/*"
}

owned__remove_named() {
	docker image ls --format '{{.Repository}}:{{.Tag}}' --filter "reference=$1" | xargs -r docker image rm >/dev/null
}
