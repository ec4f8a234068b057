# Platform: the platform of this machine, in BuildKit's words.
# shellcheck shell=sh

# platform_own: prints OS/ARCH[/VARIANT] of this machine. The kernel's names differ from Go's, which BuildKit uses.
platform_own() {
	local machine
	machine=$(uname -m)
	case $machine in
		x86_64) machine=amd64 ;;
		aarch64 | arm64) machine=arm64 ;;
		armv7* | armv8l) machine=arm/v7 ;;
		armv6*) machine=arm/v6 ;;
		i[3-6]86) machine=386 ;;
		loongarch64) machine=loong64 ;;
	esac
	printf 'linux/%s\n' "$machine"
}
