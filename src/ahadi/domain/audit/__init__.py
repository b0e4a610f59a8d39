"""Who did what, when: the chained trail under every act."""
