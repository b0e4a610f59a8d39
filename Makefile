# Every task stands in ./ahadi, which works where make is missing. ARGS is handed on: make test ARGS='-k promise'

.PHONY: help setup demo test check bench bench-kernel bench-load bench-gate bench-desk nightly docs
.DEFAULT_GOAL := help

help:
	@./ahadi menu

setup demo test check bench bench-kernel bench-load bench-gate bench-desk nightly docs:
	@./ahadi $@ $(ARGS)
